import curations from './curations';
import health from './health';
import related from './related';
import suggestions from './suggestions';

export default { curations, health, related, suggestions };
