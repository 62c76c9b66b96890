import curations from './panel/curations';
import health from './rest/health';
import overview from './panel/overview';
import related from './rest/related';
import { whileReachable } from './panel/reachable';
import settings from './panel/settings';
import suggestions from './panel/suggestions';

export default {
  curations: whileReachable(curations),
  health,
  overview: whileReachable(overview),
  related,
  settings: whileReachable(settings),
  suggestions: whileReachable(suggestions),
};
