import { describeScenarios } from './scenarios';

describeScenarios('postgres');
