package dev.singleflight.benchmarks.spring;

import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;

/** The least that an aspect can do. */
@Aspect
class ProceedAspect {

    @Around("@annotation(dev.singleflight.benchmarks.spring.Shared)")
    Object around(ProceedingJoinPoint joinPoint) throws Throwable {
        return joinPoint.proceed();
    }
}
