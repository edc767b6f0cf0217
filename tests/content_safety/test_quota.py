"""The sliding window of the quota, on a clock of our own."""

from local.content_safety.quota import Quota


def test_a_window_slides_and_refusals_do_not_lengthen_it() -> None:
    now = 100.0
    quota = Quota(2, lambda: now)
    assert quota.take() is None
    now = 106.0
    assert quota.take() is None
    assert quota.take() == 4, "the first of the two leaves the window after 10 s"
    now = 109.9
    assert quota.take() == 1, "a wait is never zero seconds"
    now = 110.0
    assert quota.take() is None
    assert quota.take() == 6
    now = 116.0
    assert quota.take() is None
