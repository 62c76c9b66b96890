import { describeProcesses } from './processes';

describeProcesses('postgres', 3);
