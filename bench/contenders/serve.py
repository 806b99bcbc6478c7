"""A Python process as a contender that speaks the protocol of ../contender-process.js."""

import json
import sys


def answer(message):
    print(json.dumps(message), flush=True)


def serve(version, workloads):
    """workloads: by kind of case, makes of a case something whose run(units) returns seconds and results;
    where it has a check(units) of its own, that is asked first, and returns a cost with more than seconds."""
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
                run = getattr(workload, "check", workload.run) if check else workload.run
                cost, values = run(question["check" if check else "run"])
                cost = cost if isinstance(cost, dict) else {"seconds": cost}
                answer({**cost, "values": list(values)} if check and values is not None else cost)
        except Exception as error:  # Whatever it is, the benchmark goes on with the other contenders.
            answer({"error": f"{type(error).__name__}: {error}"})
