import { modelBackend } from './model-backend';
import { describeServer } from './suite';

const backend = modelBackend();
describeServer(() => backend, true);
