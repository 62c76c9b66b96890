import health from './health';
import related from './related';
import suggestions from './suggestions';

export default { health, related, suggestions };
