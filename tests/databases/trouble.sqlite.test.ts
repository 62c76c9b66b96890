import { describeTrouble } from './trouble';

describeTrouble('sqlite');
