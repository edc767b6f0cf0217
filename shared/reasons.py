"""Why something stayed unscored: each reason's code and the sentence people read."""

from typing import Final

SENTENCES: Final = {
    "attempts_exhausted": "the classifier or the model did not answer in time, after every attempt",
    "category_missing": "the classifier left a harm category out",
    "severity_unknown": "the classifier gave a severity off the scale",
    "classifier_refused": "the classifier refused the text",
    "nothing_to_score": "there was nothing to score",
    "file_changed": "the file was replaced or deleted while it was read; upload it again",
    "file_too_large": "the file is larger than 8 GiB; split it",
    "dead_letter": "the shard's message could not be processed",
    "tally_undecodable": "a tally could not be read",
    "collector_failed": "the evaluation could not be collected",
    "not_utf8": "not valid UTF-8; save the file as UTF-8",
    "not_json": "not a JSON object on one line; convert the file to JSONL",
    "not_chat": 'not a chat record: "messages" must be a list of objects with a role',
    "duplicate_key": "a field is named twice in one object; remove one",
    "lone_surrogate": "an escaped character is only half of one; write the whole character",
    "too_deep": "nested too deeply",
    "too_long": "longer than 16 MiB; split the record",
    "no_text": "a record without any text",
    "not_text": "a part is no text (image or other media): not evaluated",
    "answer_empty": "the model's answer was empty",
    "answer_unreadable": "the model's answer was not in the shape of a chat completion",
    "answer_too_long": "the model's answer was longer than 40,000 characters",
    "answer_withheld": "the endpoint's content filter withheld the answer and named no category",
    "probe_withheld": "the endpoint's content filter withheld the probe",
    "model_mismatch": "the answer came from another model than the job's",
    "model_refused": "the endpoint refused the request",
    "endpoint_not_allowed": "the endpoint is not on the allow-list",
    "not_held": "the conversation was not held",
    "scenario_unknown": "the scenario is not part of the shipped set",
    "tags_missing": "the training run lacks tags that name what to evaluate",
}

LOST: Final = frozenset({"dead_letter", "tally_undecodable"})
"""Reasons that stand for a message nobody read."""


def sentence(code: str) -> str:
    """The sentence for a code; a code this version does not know stands for itself."""
    return SENTENCES.get(code, code)
