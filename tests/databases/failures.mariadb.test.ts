import { describeTrouble } from './failures';

describeTrouble('mariadb');
