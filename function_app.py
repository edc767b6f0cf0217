"""Tunegate: two events in, one verdict out.

training file uploaded                      training completed
        |                                           |
plan_data_evaluation                        plan_model_evaluation
        |  a collection with a deadline first, then the shards
        v                                           v
[data-shards] evaluate_data_shard      [model-shards] evaluate_model_shard
        +---------------------+---------------------+
                              v  one tally per shard: counts and positions, never text
                [tallies]  session = evaluation
                              v
                [collections] collect_evaluation
                              v
                [outcomes]    -> training, watchers
                              -> verdicts: record_verdict -> table `verdicts`
                                                                    |
                 GET /api/verdicts/{resource}/{job}: read_verdict <-+

every dead-letter queue -> its owner in functions/lost_messages.py
Azure OpenAI, which sends no event, where it is connected: connect_azure_openai trains on what passed, and sends it
"""

import os

import azure.functions as func

from functions import (
    collect_evaluation,
    connect_azure_openai,
    evaluate_data_shard,
    evaluate_model_shard,
    lost_messages,
    plan_data_evaluation,
    plan_model_evaluation,
    read_verdict,
    record_verdict,
)
from functions.connect_azure_openai import is_connected

app = func.FunctionApp()

app.register_functions(plan_data_evaluation.blueprint)
app.register_functions(plan_model_evaluation.blueprint)
app.register_functions(evaluate_data_shard.blueprint)
app.register_functions(evaluate_model_shard.blueprint)
app.register_functions(collect_evaluation.blueprint)
app.register_functions(record_verdict.blueprint)
app.register_functions(read_verdict.blueprint)
app.register_functions(lost_messages.blueprint)
if is_connected(os.environ):
    app.register_functions(connect_azure_openai.blueprint)
