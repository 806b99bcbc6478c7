"""Pictures in files."""

import os

import numpy as np
from calls import given, peer, whole, writing, written


@peer("loadImageFolder", "pil")
def load_image_folder(case):
    from PIL import Image

    folder = given(case)
    size = case.get("sizes")

    def load():
        paths, y = [], []
        for label, name in enumerate(sorted(os.listdir(folder))):
            for file in sorted(os.listdir(os.path.join(folder, name))):
                paths.append(os.path.join(folder, name, file))
                y.append(label)
        X = None
        for i, path in enumerate(paths):
            with Image.open(path) as image:
                picture = image.convert("RGB")
                if size is not None:
                    # The mean of the area that a pixel covers, as gemmnet takes it.
                    picture = picture.resize((size[1], size[0]), Image.Resampling.BOX)
            pixels = np.asarray(picture).transpose(2, 0, 1)
            if X is None:
                X = np.empty((len(paths), *pixels.shape), np.uint8)
            X[i] = pixels
        return X.reshape(len(X), -1), np.array(y, np.int32)

    return load


def image_of(path):
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@peer("loadImage", "pil")
def load_image(case):
    return lambda: image_of(given(case))


@peer("savePng", "pil")
def save_png(case):
    from PIL import Image

    pixels, path = image_of(given(case)), written(case, "picture.png")
    write = lambda file: Image.fromarray(pixels).save(file, format="PNG")  # noqa: E731
    return writing(path, lambda: whole(path, write), lambda path: [image_of(path)])
