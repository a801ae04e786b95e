package store

import (
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// dataFaults are the codes of ClickHouse exceptions that blame the rows, by the names of its ErrorCodes.cpp.
// Everything else (no memory, too many parts, a missing table, no right) can be mended without changing the rows.
var dataFaults = map[int32]string{
	6:   "CANNOT_PARSE_TEXT",
	9:   "SIZES_OF_COLUMNS_DOESNT_MATCH",
	27:  "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
	33:  "CANNOT_READ_ALL_DATA",
	38:  "CANNOT_PARSE_DATE",
	41:  "CANNOT_PARSE_DATETIME",
	53:  "TYPE_MISMATCH",
	69:  "ARGUMENT_OUT_OF_BOUND",
	70:  "CANNOT_CONVERT_TYPE",
	72:  "CANNOT_PARSE_NUMBER",
	117: "INCORRECT_DATA",
	131: "TOO_LARGE_STRING_SIZE",
	190: "SIZES_OF_ARRAYS_DONT_MATCH",
	349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
	395: "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
	469: "VIOLATED_CONSTRAINT",
	691: "UNKNOWN_ELEMENT_OF_ENUM",
}

// classify adds ErrRefused to what the server says about the rows.
func classify(err error) error {
	var e *clickhouse.Exception
	if errors.As(err, &e) && !errors.Is(err, ErrRefused) {
		if name, ok := dataFaults[e.Code]; ok {
			return fmt.Errorf("%w (%s): %w", ErrRefused, name, err)
		}
	}
	return err
}

// Temporary says whether the failed operation can succeed later with the same data: the server was away, busy or
// out of space, or somebody has to set something right. False for nil and for [ErrRefused].
func Temporary(err error) bool { return err != nil && !errors.Is(err, ErrRefused) }
