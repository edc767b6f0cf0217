"""Why something stayed unscored: each reason's code and the sentence people read."""

from typing import Final

SENTENCES: Final = {
    "attempts_exhausted": "the classifier or the model gave no readable answer in time, after every attempt",
    "category_missing": "the classifier left a harm category out",
    "severity_unknown": "the classifier gave a severity off the scale",
    "classifier_refused": "the classifier refused the text",
    "nothing_to_score": "there was nothing to score",
    "file_changed": "the file was replaced or deleted while it was read; upload it again",
    "wrong_format": "by its name the file is not JSONL; convert it to JSONL (tunegate convert FILE -o FILE.jsonl), "
    "and upload that",
    "file_too_large": "the file is larger than 8 GiB; split it",
    "dead_letter": "the shard's message could not be processed",
    "tally_undecodable": "a tally could not be read",
    "collector_failed": "the evaluation could not be collected",
    "not_utf8": "not valid UTF-8; save the file as UTF-8",
    "nul_byte": "a NUL byte stands in the line; save the file as UTF-8 (it may be UTF-16, or broken)",
    "not_json": "not valid JSON; write one whole JSON object on each line (tunegate convert makes it of an array)",
    "not_an_object": "valid JSON, but no object; write each record as {...} on a line of its own",
    "duplicate_key": "a field is named twice in one object; remove one",
    "lone_surrogate": "an escaped character is only half of one; write the whole character",
    "too_deep": "nested more than 64 deep; make the record flatter",
    "number_too_long": "a number has more than 4,300 digits; shorten it, or write it as a string",
    "too_many_parts": "more than 200,000 strings, or as many other values; split the record",
    "too_long": "longer than 16 MiB; split the record",
    "hidden_too_deep": "encodings within encodings, deeper than is looked; write the text plainly",
    "no_text": "a record without any text; fill it in, or delete the line",
    "image_link": "image not evaluated: it is a link, and links are not followed; put the image in as a data URI",
    "image_too_large": "image not evaluated: over 4 MB, or over 7,200 pixels on a side; make it smaller",
    "image_too_small": "image not evaluated: under 50 pixels on a side; make it larger, or leave it out",
    "image_format": "image not evaluated: it is no JPEG, PNG, GIF, BMP, TIFF or WEBP; convert it",
    "image_unreadable": "image not evaluated: it cannot be read; put it in as a data URI in base64",
    "image_not_supported": "image not evaluated: the classifier does not take images",
    "not_text": "a part is neither text nor image (a sound or a file) and was not evaluated; leave it out",
    "answer_empty": "the model's answer was empty",
    "answer_unreadable": "the model's answer was not in the shape of a chat completion",
    "answer_undecodable": "the model's answer is neither language nor an encoding that is known",
    "answer_too_long": "the model's answer was longer than 40,000 characters",
    "answer_withheld": "the endpoint's content filter withheld the answer, or marked it under a name that is no "
    "harm category",
    "probe_withheld": "the endpoint's content filter withheld the probe",
    "model_mismatch": "the answer came from another model than the job's",
    "model_refused": "the endpoint refused the request",
    "deployment_not_found": "the endpoint knows no such deployment; check the event's endpoint and deployment, "
    "then try the next attempt",
    "endpoint_not_allowed": "the endpoint is not on the allow-list",
    "not_held": "the conversation was not held",
    "scenario_unknown": "the scenario is not part of the set that was evaluated",
    "tags_missing": "the training run lacks tags that name what to evaluate",
}

OF_A_LINE: Final = frozenset(
    {
        "not_utf8", "nul_byte", "not_json", "not_an_object", "duplicate_key", "lone_surrogate", "too_deep",
        "number_too_long", "too_many_parts", "too_long", "hidden_too_deep", "no_text",
        "image_link", "image_too_large", "image_too_small",
        "image_format", "image_unreadable", "image_not_supported", "not_text",
    }
)  # fmt: skip
"""Reasons that lie in a line itself; docs/data-formats.md says what to do about each."""

LOST: Final = frozenset({"dead_letter", "tally_undecodable"})
"""Reasons that stand for a message nobody read."""


def sentence(code: str) -> str:
    """The sentence for a code; a code this version does not know stands for itself."""
    return SENTENCES.get(code, code)
