//go:build rogchap

package v8

// calls is how JavaScript asks Go, through the binding.
type calls struct {
	template *bindTemplate
	// garbage holds the values made for answers; they are released when the turn is over.
	garbage []*bindValue
}

func newCalls(i *isolate) calls {
	return calls{template: bindNewTemplate(i.iso, func(info *bindCallInfo) *bindValue {
		defer info.Release()
		args := info.Args()
		if len(args) != 2 {
			return nil
		}
		out, value, answered := i.answer(args[0].String(), args[1].String())
		if value != nil || !answered {
			return value
		}
		value, err := bindNewString(i.iso, out)
		if err != nil {
			return nil
		}
		i.calls.garbage = append(i.calls.garbage, value)
		return value
	})}
}

// function makes the function that asks, in a context.
func (c *calls) function(_ *isolate, ctx *bindContext) (*bindValue, error) {
	return c.template.GetFunction(ctx).Value, nil
}

// sweep releases what answers left behind.
func (c *calls) sweep() {
	for _, v := range c.garbage {
		v.Release()
	}
	c.garbage = c.garbage[:0]
}

// close breaks the cycle through the callback: the template has a finalizer, and the
// collector would keep both for ever.
func (c *calls) close() { *c = calls{} }
