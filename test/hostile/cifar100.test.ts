import { cifar100Parsers } from './parsers/cifar100.js';
import { attack } from './suite.js';

attack(cifar100Parsers);
