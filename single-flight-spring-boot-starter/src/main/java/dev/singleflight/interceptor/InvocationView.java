package dev.singleflight.interceptor;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/** A call, seen in another way. */
@SuppressWarnings("NullAway") // that arguments, attributes and results may be null is said by Spring 7 alone
abstract class InvocationView implements ProxyMethodInvocation {

    private final ProxyMethodInvocation invocation;

    InvocationView(ProxyMethodInvocation invocation) {
        this.invocation = invocation;
    }

    final ProxyMethodInvocation invocation() {
        return invocation;
    }

    @Override
    public final Object getProxy() {
        return invocation.getProxy();
    }

    @Override
    public final void setArguments(@Nullable Object... arguments) {
        invocation.setArguments(arguments);
    }

    @Override
    public final void setUserAttribute(String key, @Nullable Object value) {
        invocation.setUserAttribute(key, value);
    }

    @Override
    public final @Nullable Object getUserAttribute(String key) {
        return invocation.getUserAttribute(key);
    }

    @Override
    public final Method getMethod() {
        return invocation.getMethod();
    }

    @Override
    public @Nullable Object[] getArguments() {
        return invocation.getArguments();
    }

    @Override
    public final @Nullable Object getThis() {
        return invocation.getThis();
    }

    @Override
    public final AccessibleObject getStaticPart() {
        return invocation.getStaticPart();
    }
}
