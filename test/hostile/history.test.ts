import { historyParsers } from './parsers/history.js';
import { attack } from './suite.js';

attack(historyParsers);
