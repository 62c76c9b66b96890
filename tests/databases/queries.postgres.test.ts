import { describeQueries } from './queries';

describeQueries('postgres');
