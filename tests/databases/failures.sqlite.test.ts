import { describeTrouble } from './failures';

describeTrouble('sqlite');
