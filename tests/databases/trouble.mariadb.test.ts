import { describeTrouble } from './trouble';

describeTrouble('mariadb');
