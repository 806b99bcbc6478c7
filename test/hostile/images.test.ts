import { imageParsers } from './parsers/images.js';
import { attack } from './suite.js';

attack(imageParsers);
