package dev.singleflight.interceptor;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.ProxyProcessorSupport;

/**
 * Asks Spring's own rule which classes get a proxy by their interfaces: callbacks and markers do not count. It holds the
 * class loader of the thread that makes it, so nothing static may hold it.
 */
final class InterfaceProxies extends ProxyProcessorSupport {

    private static final long serialVersionUID = 1L;

    boolean suit(Class<?> type) {
        ProxyFactory factory = new ProxyFactory();
        evaluateProxyInterfaces(type, factory);
        return !factory.isProxyTargetClass();
    }
}
