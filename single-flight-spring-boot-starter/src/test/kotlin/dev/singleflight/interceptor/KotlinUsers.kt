package dev.singleflight.interceptor

import dev.singleflight.annotation.SingleFlight
import dev.singleflight.annotation.SingleFlightForget
import java.io.IOException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.coroutineContext
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.future
import kotlinx.coroutines.withContext

data class KotlinRegion(val country: String, val code: Int)

open class KotlinUsers {
    @SingleFlight(group = "by id", key = "#id")
    open fun find(id: Long): CompletableFuture<String> = CompletableFuture()

    @SingleFlight(group = "by region", key = "#region")
    open fun findIn(region: KotlinRegion): CompletableFuture<String> = CompletableFuture()

    @SingleFlight(group = "by country", key = "#region.country + '/' + #name")
    open fun findNamed(region: KotlinRegion, name: String?): CompletableFuture<String> = CompletableFuture()

    @SingleFlight("by all")
    open fun findAll(region: KotlinRegion, name: String? = null): CompletableFuture<String> = CompletableFuture()
}

/** Final, as all of Kotlin's classes are that do not say otherwise. */
class FinalKotlinUsers {
    @SingleFlight(key = "#id") fun find(id: Long) = "user $id"
}

/** Its methods are final, as all of Kotlin's are that do not say otherwise. */
open class FinalMethodOfKotlinUsers {
    @SingleFlight(key = "#id") fun find(id: Long) = "user $id"
}

open class FinalPropertyOfKotlinUsers(val region: String) {
    @SingleFlight(key = "#id") open fun find(id: Long) = "user $id"
}

class CallerName(val name: String) : AbstractCoroutineContextElement(CallerName) {
    companion object Key : CoroutineContext.Key<CallerName>
}

open class SuspendingKotlinUsers {
    open val runs = AtomicInteger()

    open val cancelled = AtomicInteger()

    open val gate = CompletableDeferred<String?>()

    @SingleFlight(group = "suspending", key = "#id")
    open suspend fun find(id: Long): String? {
        runs.incrementAndGet()
        try {
            return gate.await()
        } catch (cancellation: CancellationException) {
            cancelled.incrementAndGet()
            throw cancellation
        }
    }

    @SingleFlight("suspending by default")
    open suspend fun findNamed(first: String, last: String?): String? {
        runs.incrementAndGet()
        return gate.await()
    }

    @SingleFlight(group = "suspending by root", key = "#root.args")
    open suspend fun findByRoot(first: String, last: String?): String? {
        runs.incrementAndGet()
        return gate.await()
    }

    @SingleFlight(group = "suspending for", key = "#id")
    open suspend fun findFor(id: Long): String {
        gate.await()
        return "user $id for ${coroutineContext[CallerName]?.name}"
    }

    @SingleFlight(group = "failing", key = "#id")
    open suspend fun fail(id: Long): String {
        gate.await()
        throw IOException("no user $id")
    }

    @SingleFlightForget(group = "suspending", key = "#id") open suspend fun update(id: Long) = id

    @SingleFlightForget(group = "suspending", key = "#result") open suspend fun add(name: String) = name.length.toLong()
}

/** Calls suspending functions as coroutines do; a future that is cancelled cancels its coroutine. */
class Coroutines {
    fun find(users: SuspendingKotlinUsers, id: Long) = coroutine { users.find(id) }

    fun findNamed(users: SuspendingKotlinUsers, first: String, last: String?) = coroutine { users.findNamed(first, last) }

    fun findByRoot(users: SuspendingKotlinUsers, first: String, last: String?) = coroutine { users.findByRoot(first, last) }

    fun findFor(users: SuspendingKotlinUsers, id: Long, caller: String) =
        coroutine { withContext(CallerName(caller)) { users.findFor(id) } }

    fun fail(users: SuspendingKotlinUsers, id: Long) = coroutine { users.fail(id) }

    fun update(users: SuspendingKotlinUsers, id: Long) = coroutine { users.update(id) }

    fun add(users: SuspendingKotlinUsers, name: String) = coroutine { users.add(name) }

    private fun <T> coroutine(call: suspend () -> T): CompletableFuture<T> =
        CoroutineScope(Dispatchers.Default).future { call() }
}
