import { cifar10Parsers } from './parsers/cifar10.js';
import { attack } from './suite.js';

attack(cifar10Parsers);
