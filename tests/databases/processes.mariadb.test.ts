import { describeProcesses } from './processes';

describeProcesses('mariadb', 2);
