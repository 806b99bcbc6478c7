import { answerCalls } from '../../core/worker-calls.js';
import { augmentRows } from './augment-rows.js';

answerCalls(augmentRows);
