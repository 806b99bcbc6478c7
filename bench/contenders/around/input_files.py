"""Writes one input of the cases, always the same: input_files.py NAME FOLDER. It appears whole."""

import os
import shutil
import sys

import numpy as np

makers = {}


def file(name):
    def register(make):
        makers[name] = make
        return make

    return register


@file("100MB.npy")
def array(path):
    values = np.random.default_rng(0).standard_normal((25_000, 1000), dtype=np.float32)
    with open(path, "wb") as out:
        np.save(out, values)


if __name__ == "__main__":
    name, folder = sys.argv[1:]
    place = os.path.join(folder, name)
    temporary = f"{place}.{os.getpid()}.tmp"
    try:
        makers[name](temporary)
        os.rename(temporary, place)
    finally:
        if os.path.isdir(temporary):
            shutil.rmtree(temporary)
        elif os.path.exists(temporary):
            os.remove(temporary)
