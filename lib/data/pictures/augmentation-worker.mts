import { answerCalls } from '../../core/process/worker-calls.js';
import { augmentRows } from './augment-rows.js';

answerCalls(augmentRows);
