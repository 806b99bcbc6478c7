"""A Python process as a contender that speaks the protocol of ../contender-process.js."""

import json
import sys


def answer(message):
    print(json.dumps(message), flush=True)


def serve(version, workloads):
    """workloads: by kind of case, makes of a case something whose run(units) returns seconds and results."""
    answer({"version": version})
    workload = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if "prepare" in question:
                workload = workloads[question["prepare"]["kind"]](question["prepare"])
                answer({})
            else:
                check = "check" in question
                seconds, values = workload.run(question["check" if check else "run"])
                answer({"seconds": seconds, "values": list(values)} if check else {"seconds": seconds})
        except Exception as error:  # Whatever it is, the benchmark goes on with the other contenders.
            answer({"error": f"{type(error).__name__}: {error}"})
