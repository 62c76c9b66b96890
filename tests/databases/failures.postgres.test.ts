import { describeTrouble } from './failures';

describeTrouble('postgres');
