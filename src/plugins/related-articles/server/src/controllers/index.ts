import related from './related';
import suggestions from './suggestions';

export default { related, suggestions };
