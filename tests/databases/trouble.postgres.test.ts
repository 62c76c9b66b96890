import { describeTrouble } from './trouble';

describeTrouble('postgres');
