#!/usr/bin/env bash
# Asks the verdict route whether the model of a job may be deployed: `ask.sh JOB`.
# Exit codes, those of `tunegate verdict`: 0 it may, 1 it may not, 2 there is no verdict, 3 nobody told.
#
# Reads TUNEGATE_HOST (https://...), TUNEGATE_RESOURCE, and TUNEGATE_AUDIENCE: whom the token is for, that of the
# signed-in `az`. Where the route asks for a function key as well it is TUNEGATE_HOST_KEY.
set -euo pipefail
job=${1:-}
for name in TUNEGATE_HOST TUNEGATE_RESOURCE TUNEGATE_AUDIENCE; do
  if [[ -z ${!name:-} ]]; then
    echo "The setting $name is missing." >&2
    exit 3
  fi
done
if ! [[ $job =~ ^[A-Za-z0-9._-]{1,100}$ ]]; then
  echo "No job has such a name." >&2
  exit 3
fi
token=$(az account get-access-token --scope "$TUNEGATE_AUDIENCE/.default" --query accessToken --output tsv) || exit 3
answer=$(mktemp) || exit 3
trap 'rm -f "$answer"' EXIT

# What is secret goes in by standard input: a command line can be read by every process of the machine.
headers() {
  printf 'header = "Authorization: Bearer %s"\n' "$token"
  [[ -z ${TUNEGATE_HOST_KEY:-} ]] || printf 'header = "x-functions-key: %s"\n' "$TUNEGATE_HOST_KEY"
}

url=$TUNEGATE_HOST/api/verdicts/$TUNEGATE_RESOURCE/$job
status=$(
  headers | curl --silent --show-error --max-time 60 --output "$answer" --write-out '%{http_code}' --config - "$url"
) || exit 3
case "$status $(tr -d '[:space:]' < "$answer")" in
  '200 {"deployable":true}')
    echo "The model of job $job is deployable."
    ;;
  '200 {"deployable":false}')
    echo "The model of job $job is not deployable."
    exit 1
    ;;
  '404 {"error":"noverdict:notdeployable"}')
    echo "There is no verdict on job $job: its model is not deployable."
    exit 2
    ;;
  *)
    echo "The verdict route answered $status: not deployable until it tells a verdict." >&2
    exit 3
    ;;
esac
