import { describeQueries } from './queries';

describeQueries('sqlite');
