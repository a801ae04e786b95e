import './start' // with EVERYTHING
