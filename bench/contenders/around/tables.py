"""Tables as text, and what training leaves behind."""

import csv
import io
import json
import os
import shutil

import numpy as np
from calls import Prepared, given, not_compared, peer, whole, whole_by_name, writing, written
from preparing import draw_labels


@peer("loadCsv", "pandas")
def load_csv(case):
    import pandas as pd

    def load():
        table = pd.read_csv(given(case))
        return table.drop(columns="label").to_numpy(np.float32), table["label"].to_numpy(np.int32)

    return load


@peer("loadCsv", "numpy")
def load_csv_numpy(case):
    def load():
        table = np.loadtxt(given(case), np.float32, delimiter=",", skiprows=1)
        return np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int32)

    return load


@peer("loadCsvWords", "pandas")
def load_csv_words(case):
    import pandas as pd

    def load():
        table = pd.read_csv(given(case))
        y = table.pop("label").astype("category").cat.codes.to_numpy(np.int32)
        return pd.get_dummies(table, dtype=np.float32).to_numpy(np.float32), y

    return load


def bytes_of(path):
    return [np.fromfile(path, np.uint8)]


@peer("writePredictionsCsv", "pandas")
def write_predictions(case):
    import pandas as pd

    predictions, path = draw_labels(case), written(case, "predictions.csv")

    def write(name):
        table = pd.DataFrame({"Id": np.arange(1, len(predictions) + 1), "Category": predictions})
        table.to_csv(name, index=False, lineterminator="\n")

    return writing(path, lambda: whole_by_name(path, write), bytes_of)


@peer("writePredictionsCsv", "python")
def write_predictions_python(case):
    predictions, path = draw_labels(case), written(case, "predictions.csv")

    def write(file):
        text = io.TextIOWrapper(file, "utf-8", newline="\n")
        text.write("Id,Category\n")
        text.writelines(f"{i},{label}\n" for i, label in enumerate(predictions.tolist(), 1))
        text.flush()
        text.detach()

    return writing(path, lambda: whole(path, write), bytes_of)


def history_of(case):
    with open(given(case), encoding="utf-8") as file:
        return json.load(file)


@peer("loadHistory", "python")
def load_history(case):
    return Prepared(lambda: history_of(case), arrays=lambda history: [history["lossHistory"]])


@peer("saveHistoryJson", "python")
def save_history(case):
    history, path = history_of(case), written(case, "history.json")
    return writing(path, lambda: whole(path, lambda file: file.write(json.dumps(history).encode())))


def columns_of(history):
    """One row a step; what was measured stands where it was."""
    losses, checks = history["lossHistory"], history["checks"]
    columns = {"iteration": list(range(1, len(losses) + 1)), "loss": losses}
    for name in ("epoch", "learningRate", "trainAcc", "valAcc"):
        columns[name] = [None] * len(losses)
        for check in checks:
            if check["iteration"] > 0:
                columns[name][check["iteration"] - 1] = check[name]
    return columns


def csv_text(history):
    columns = columns_of(history)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values()))
    return text.getvalue()


@peer("saveHistoryCsv", "python")
def save_history_csv(case):
    history, path = history_of(case), written(case, "history.csv")
    return writing(path, lambda: whole(path, lambda file: file.write(csv_text(history).encode())))


@peer("saveHistoryCsv", "pandas")
def save_history_csv_pandas(case):
    import pandas as pd

    history, path = history_of(case), written(case, "history.csv")
    write = lambda name: pd.DataFrame(columns_of(history)).to_csv(name, index=False)  # noqa: E731
    return writing(path, lambda: whole_by_name(path, write))


@peer("historyToCsv", "python")
def history_to_csv(case):
    history = history_of(case)
    return not_compared(lambda: csv_text(history))


def board_writing(folder, fill):
    from tensorboardX import SummaryWriter

    def write():
        with SummaryWriter(folder) as board:
            fill(board)
        for name in os.listdir(folder):
            file = os.open(os.path.join(folder, name), os.O_RDWR)
            os.fsync(file)
            os.close(file)

    return Prepared(write, arrays=lambda result: None, after=lambda result: shutil.rmtree(folder), size=0)


@peer("tensorBoard", "tensorboardX")
def tensor_board(case):
    def fill(board):
        for step in range(case["sizes"][0]):
            board.add_scalar("loss", 1 / (step + 1), step)

    return board_writing(written(case, "board"), fill)
