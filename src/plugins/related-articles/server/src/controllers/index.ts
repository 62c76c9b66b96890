import curations from './panel/curations';
import health from './rest/health';
import overview from './panel/overview';
import related from './rest/related';
import settings from './panel/settings';
import suggestions from './panel/suggestions';

export default { curations, health, overview, related, settings, suggestions };
