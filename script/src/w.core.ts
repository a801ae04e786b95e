import './start' // without
