package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/** What {@code #root} stands for. Its getters are what expressions read: {@code #root.args} and so on. */
final class CallRoot {

    private final MethodInvocation invocation;

    CallRoot(MethodInvocation invocation) {
        this.invocation = invocation;
    }

    /** The method that was called. */
    public Method getMethod() {
        return invocation.getMethod();
    }

    /** What it was called with. */
    public @Nullable Object[] getArgs() {
        return invocation.getArguments();
    }

    /** The bean. */
    public @Nullable Object getTarget() {
        return invocation.getThis();
    }

    /** The bean's class. */
    public @Nullable Class<?> getTargetClass() {
        Object target = invocation.getThis();
        return target == null ? null : AopUtils.getTargetClass(target);
    }
}
