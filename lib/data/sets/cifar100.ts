import { checkOptions, oneOf, optional } from '../../core/options.js';
import type { DataSet } from '../data-set.js';

function words(text: string): readonly string[] {
  return Object.freeze(text.split(' '));
}

/** The fine classes of CIFAR-100, in the order of their labels. */
export const cifar100Classes = words(
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly ' +
    'camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup ' +
    'dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower ' +
    'leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid ' +
    'otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray ' +
    'road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar ' +
    'sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle ' +
    'wardrobe whale willow_tree wolf woman worm',
);

/** The coarse classes of CIFAR-100, five fine ones each, in the order of their labels. */
export const cifar100CoarseClasses = words(
  'aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices ' +
    'household_furniture insects large_carnivores large_man-made_outdoor_things ' +
    'large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates ' +
    'people reptiles small_mammals trees vehicles_1 vehicles_2',
);

export interface Cifar100Options {
  /** The hundred classes (default) or the twenty that they belong to. */
  readonly labels?: 'fine' | 'coarse';
}

/**
 * Reads CIFAR-100 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html) from its binary or its Python version, in file order.
 * The pixels are read where they stay, as bytes on shared memory.
 * @param folder with train.bin and test.bin, or with train and test as Python pickled them; or the one above, with
 *   cifar-100-binary or cifar-100-python
 * @returns pixels 0 … 255 of shape (50000, 3072) and (10000, 3072), each image as its red, green and blue plane, and class indices
 *   (see {@link cifar100Classes} and {@link cifar100CoarseClasses})
 * @throws ArgumentError for a file that is missing
 * @throws FormatError for a file that is damaged, with the byte
 */
export async function loadCifar100(folder: string, options: Cifar100Options = {}): Promise<DataSet> {
  const { labels } = checkOptions('loadCifar100', options, {
    labels: optional(oneOf('fine', 'coarse'), 'fine'),
  });
  const fine = labels === 'fine';
  const { loadCifar } = await import('./cifar-batches.js');
  return loadCifar(folder, {
    who: 'loadCifar100',
    name: 'CIFAR-100',
    fetchName: 'cifar100',
    binary: { folder: 'cifar-100-binary', training: ['train.bin'], test: ['test.bin'] },
    python: { folder: 'cifar-100-python', training: ['train'], test: ['test'] },
    numClasses: (fine ? cifar100Classes : cifar100CoarseClasses).length,
    // The coarse label comes first.
    labelBytes: 2,
    labelByte: fine ? 1 : 0,
    labelKey: `${labels}_labels`,
  });
}
