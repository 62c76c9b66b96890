import { describeScenarios } from './scenarios';

describeScenarios('sqlite');
