import { describeProcesses } from './processes';

describeProcesses('sqlite', 2);
