package chaos

import "errors"

// errUndetected: a live member still sees one alive that is gone.
var errUndetected = errors.New("a member that is gone is still seen alive")
