import { describeScenarios } from './scenarios';

describeScenarios('mariadb');
