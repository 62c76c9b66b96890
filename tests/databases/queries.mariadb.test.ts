import { describeQueries } from './queries';

describeQueries('mariadb');
