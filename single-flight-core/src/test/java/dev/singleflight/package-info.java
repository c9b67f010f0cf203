/**
 * The tests of the core, and which of them stand for what the tests of its peers watch. {@link PeersTests} keeps the table
 * true: each test that it names is there. Where we do otherwise, the line says so.
 *
 * <table>
 * <caption>What the tests of our peers watch, and the tests of ours that stand for it</caption>
 * <tr><th>Peer, its test</th><th>what it watches</th><th>our test</th></tr>
 *
 * <tr><th colspan="3">Go, {@code golang.org/x/sync/singleflight}</th></tr>
 * <tr><td>TestDo</td><td>a caller alone gets the value of its call, which is not shared</td>
 *     <td>{@link FlightResultTests#valueOfALeaderAloneIsNotShared}</td></tr>
 * <tr><td>TestDoErr</td><td>a failure comes out as it is</td>
 *     <td>{@link SameFailureTests#everyCallerOfABlockingCallGetsTheVeryInstance},
 *     {@link SameFailureTests#checkedExceptionIsThrownAsDeclared}</td></tr>
 * <tr><td>TestDoDupSuppress</td><td>callers at the same time make fewer runs. Ours: exactly one</td>
 *     <td>{@link OneRunTests#herdOfOneKeyIsOneRun}, {@link OneRunTests#herdThatComesAllAtOnceIsOneRun}</td></tr>
 * <tr><td>TestForget</td><td>the end of a forgotten run leaves the next one in its place, and a third caller joins that</td>
 *     <td>{@link ForgetTests#endOfAForgottenFlightNeverRemovesItsFollowUp},
 *     {@link ForgetTests#callAfterForgetStartsAfreshWhileThoseWaitingGetTheOldOutcome}</td></tr>
 * <tr><td>TestDoChan</td><td>a caller that does not block gets the value too</td>
 *     <td>{@link OneRunTests#asynchronousCallerJoinsABlockingFlight},
 *     {@link AsyncTests#eachCallerHasItsOwnFuture}</td></tr>
 * <tr><td>TestPanicDo</td><td>whatever a call dies of, all its callers get it and none hangs</td>
 *     <td>{@link EverythingLandsTests#blockingCallThatThrowsLands}</td></tr>
 * <tr><td>TestGoexitDo</td><td>the thread of a run ends without an outcome. On a JVM that takes a Throwable, or a task that
 *     its executor drops</td>
 *     <td>{@link EverythingLandsTests#blockingCallThatThrowsLands},
 *     {@link StuckLeaderTests#callThatItsExecutorDroppedRunsOnItsCallersThread}</td></tr>
 * <tr><td>TestPanicDoChan, TestPanicDoSharedByDoChan</td><td>such an end is not lost on callers that do not block. There
 *     the process dies of it; ours fails their futures</td>
 *     <td>{@link EverythingLandsTests#supplierThatThrowsLands},
 *     {@link SameFailureTests#futureThatJoinedABlockingCallFailsWithTheVeryInstance}</td></tr>
 *
 * <tr><th colspan="3">Go, {@code samber/go-singleflightx}: batches</th></tr>
 * <tr><td>TestDoX</td><td>one run for many keys; equal keys are one; no key, no run</td>
 *     <td>{@link BatchTests#batchRunsItsCallOnceForAllItsKeysInTheirOrder},
 *     {@link BatchTests#emptyRequestCallsNothing}</td></tr>
 * <tr><td>TestDoX, TestDoXContext</td><td>a key that the call leaves out is no failure, one that nobody asked for is not
 *     handed out</td>
 *     <td>{@link BatchTests#keyThatTheCallDoesNotReturnIsAbsentAndNullIsAValue}</td></tr>
 * <tr><td>TestDoXErr, TestDoXContextErr</td><td>a failure is that of each key. Ours throws it to the batch and to all who
 *     follow a key</td>
 *     <td>{@link BatchTests#failureOfTheRunIsSharedByAllWhoFollowItsKeys}</td></tr>
 * <tr><td>TestDoXDupSuppress</td><td>batches at the same time share runs and leave nothing behind</td>
 *     <td>{@link BatchTests#batchesShareKeyByKey}, {@link BatchTests#overlappingBatchesNeverDeadlock}</td></tr>
 * <tr><td>TestDoChanXDuplicateKeyDoesNotDeadlockGroup</td><td>a key asked for many times is told once, and other keys fly
 *     on</td>
 *     <td>{@link BatchTests#batchRunsItsCallOnceForAllItsKeysInTheirOrder}</td></tr>
 * <tr><td>TestPanicDoX, TestGoexitDoX</td><td>whatever a batch dies of, nobody hangs on one of its keys</td>
 *     <td>{@link BatchTests#failureOfTheRunIsSharedByAllWhoFollowItsKeys},
 *     {@link BatchBoundsTests#mapThatThrowsIsTheRunsFailure}</td></tr>
 * <tr><td>TestDoXContextPartialTimeout</td><td>time runs out while some keys are there and others are not. There each key
 *     has its own end; ours throws, and what landed stays landed</td>
 *     <td>{@link BatchBoundsTests#waitTimeoutBindsAllWaitsOfABatchTogether}</td></tr>
 * <tr><td>TestDoXContextAlreadyCanceled</td><td>a caller that was cancelled before it came runs nothing. Ours waits for
 *     nothing; where it would lead, its own call sees the flag</td>
 *     <td>{@link LeavingTests#followerThatArrivesInterruptedLeavesAtOnce},
 *     {@link LeavingTests#callerThatArrivesInterruptedAndFindsNoFlightLeads}</td></tr>
 *
 * <tr><th colspan="3">Go, {@code resenje.org/singleflight}: callers with a context</th></tr>
 * <tr><td>TestDo_multipleCalls</td><td>ten callers are one run, and each knows that it shares</td>
 *     <td>{@link OneRunTests#herdOfOneKeyIsOneRun},
 *     {@link FlightResultTests#valueOfALeaderWithFollowersIsShared}</td></tr>
 * <tr><td>TestDo_callRemoval</td><td>after a landing the next caller starts afresh</td>
 *     <td>{@link OneRunTests#callersOfOneKeyOneAfterTheOtherRunEachTheirOwn}</td></tr>
 * <tr><td>TestDo_cancelContext</td><td>the first caller leaves, the run goes on. Ours: on an executor</td>
 *     <td>{@link ExecutorTests#interruptMakesTheFirstCallerLeaveWhileTheRunGoesOn},
 *     {@link AbandonedTests#byDefaultTheCallGoesOnAndTakesJoiners}</td></tr>
 * <tr><td>TestDo_cancelContextSecond, TestDo_callDoAfterCancellation</td><td>a follower leaves alone, and who comes after
 *     it joins the same run</td>
 *     <td>{@link LeavingTests#interruptedFollowerLeavesAloneWithItsFlagSet},
 *     {@link LeavingTests#followerThatTimesOutLeavesAlone}</td></tr>
 * <tr><td>TestDo_panic</td><td>all callers get what the call died of; the key is free after that</td>
 *     <td>{@link EverythingLandsTests#blockingCallThatThrowsLands},
 *     {@link GoneBeforeToldTests#leaderThatAsksAgainAfterAFailureGetsANewRun}</td></tr>
 * <tr><td>TestForget, TestForgetMisbehaving</td><td>as Go's</td>
 *     <td>{@link ForgetTests#endOfAForgottenFlightNeverRemovesItsFollowUp},
 *     {@link ForgetTests#followUpThatLandsFirstLeavesTheForgottenFlightToItself}</td></tr>
 * <tr><td>TestDo_multipleCallsCanceled</td><td>the run is cancelled with its last caller, whichever that is, and not
 *     before. Ours: where the group says so</td>
 *     <td>{@link AbandonedTests#sourceIsCancelledWhenTheLastHandleIsAndNotBefore},
 *     {@link AbandonedTests#leadersHandleMayBeTheLast}, {@link AbandonedTests#threadThatTimesOutMayBeTheLast}</td></tr>
 * <tr><td>TestDo_preserveContextValues</td><td>the run sees what its first caller carries along</td>
 *     <td>{@link OneRunTests#leaderRunsTheCallOnItsOwnThread}</td></tr>
 *
 * <tr><th colspan="3">Elixir, {@code single_flight}</th></tr>
 * <tr><td>executes separately for different keys</td><td>keys do not meet</td>
 *     <td>{@link KeysTests#keysWithEqualHashCodesAreNeverMixedUp}</td></tr>
 * <tr><td>propagates error when function raises, exits, throws; error propagates to all waiting callers</td><td>each way
 *     to fail reaches all</td>
 *     <td>{@link EverythingLandsTests#blockingCallThatThrowsLands}</td></tr>
 * <tr><td>wraps return value even if it is error-like</td><td>nothing that a call returns is taken for a failure or for
 *     nothing</td>
 *     <td>{@link KeysTests#nullValueIsAValue}</td></tr>
 * <tr><td>caller exits on timeout but function keeps running</td><td>impatience hurts the impatient alone, and the key is
 *     free after the landing</td>
 *     <td>{@link ExecutorTests#waitTimeoutMakesTheFirstCallerLeaveWhileTheRunGoesOn}</td></tr>
 * <tr><td>concurrent calls with same key execute fn only once; 100 concurrent callers</td><td>one run</td>
 *     <td>{@link OneRunTests#herdOfOneKeyIsOneRun}, {@link MixtureTests#aMillionCallsLeaveNothingBehind}</td></tr>
 * <tr><td>forget causes next call to start fresh; third caller deduplicates with the second</td><td>as Go's</td>
 *     <td>{@link ForgetTests#callAfterForgetStartsAfreshWhileThoseWaitingGetTheOldOutcome},
 *     {@link ForgetTests#endOfAForgottenFlightNeverRemovesItsFollowUp}</td></tr>
 * <tr><td>forget on unknown key is a no-op</td><td>nothing to forget. Ours says so</td>
 *     <td>{@link ForgetTests#thereIsNothingToForgetBeforeAFlightAndAfterItsLanding}</td></tr>
 * <tr><td>server remains functional after fn raises</td><td>a failure leaves nothing behind</td>
 *     <td>{@link GoneBeforeToldTests#leaderThatAsksAgainAfterAFailureGetsANewRun}</td></tr>
 *
 * <tr><th colspan="3">Caffeine, {@code AsyncCacheTest}: what is in flight</th></tr>
 * <tr><td>getFunc_nullKey, getBiFunc_nullLoader</td><td>nulls are refused</td>
 *     <td>{@link KeysTests#nullKeyIsRefusedByName}, {@link KeysTests#nullCallIsRefusedBeforeAnythingFlies}</td></tr>
 * <tr><td>getFunc_absent_null</td><td>a null value leaves no entry. Ours: and is a value</td>
 *     <td>{@link KeysTests#nullValueIsAValue}</td></tr>
 * <tr><td>getFunc_absent_failure, getBiFunc_absent_failure_before, _after</td><td>a failed future, complete already or
 *     later, leaves no entry</td>
 *     <td>{@link EverythingLandsTests#stageThatHasFailedAlreadyLands},
 *     {@link EverythingLandsTests#stageThatFailsLands}</td></tr>
 * <tr><td>getBiFunc_throwsCheckedException, _throwsRuntimeException, _throwsError</td><td>a supplier that throws leaves no
 *     entry. There the caller is thrown it; ours fails the future</td>
 *     <td>{@link EverythingLandsTests#supplierThatThrowsLands}</td></tr>
 * <tr><td>getBiFunc_absent_null</td><td>no future at all is refused</td>
 *     <td>{@link EverythingLandsTests#supplierThatReturnsNullIsANullPointerExceptionThatNamesTheGroup}</td></tr>
 * <tr><td>getFunc_absent_cancelled, getBiFunc_absent_cancelled</td><td>cancelling. There it is everybody's future that ends;
 *     ours is a handle of one's own, and the last one may end the run</td>
 *     <td>{@link AsyncTests#whatTheLeaderDoesToItsFutureTouchesNobodyElse},
 *     {@link AbandonedTests#sourceIsCancelledWhenItsOnlyHandleIs}</td></tr>
 * <tr><td>getAllBifunction_canceled_individual, _canceled_bulk, _early_success, _early_failure</td><td>what one does to a future
 *     does not reach the others of a batch</td>
 *     <td>{@link AsyncTests#whatAFollowerDoesToItsFutureTouchesNobodyElse},
 *     {@link BatchTests#whatACallerDoesToItsValuesTouchesNobodyElse}</td></tr>
 * <tr><td>getAllFunction_nullKey, _absent_null</td><td>a null key or map is refused and claims nothing</td>
 *     <td>{@link BatchTests#nullKeyIsRefusedBeforeAnythingIsClaimed},
 *     {@link BatchTests#nullMapIsANullPointerExceptionThatNamesTheGroup}</td></tr>
 * <tr><td>getAllFunction_iterable_empty, _duplicates, _present_ordered_absent</td><td>no key, equal keys, their order</td>
 *     <td>{@link BatchTests#emptyRequestCallsNothing},
 *     {@link BatchTests#batchRunsItsCallOnceForAllItsKeysInTheirOrder}</td></tr>
 * <tr><td>getAllFunction_immutable_keys</td><td>the call cannot change what it is asked for</td>
 *     <td>{@link BatchTests#keysThatTheCallGetsCannotBeChanged}</td></tr>
 * <tr><td>getAllFunction_immutable_result</td><td>no caller changes another one's result. There nobody may change it; ours is
 *     the caller's own</td>
 *     <td>{@link BatchTests#whatACallerDoesToItsValuesTouchesNobodyElse}</td></tr>
 * <tr><td>getAllFunction_present_partial</td><td>the call runs for what is not there. Ours: not in flight</td>
 *     <td>{@link BatchTests#batchSharesTheFlightsOfSingleCallersAndRunsOnlyTheRest}</td></tr>
 * <tr><td>getAllFunction_exceeds, _different</td><td>keys that nobody asked for. There they are kept; ours ignores them</td>
 *     <td>{@link BatchTests#keyThatTheCallDoesNotReturnIsAbsentAndNullIsAValue}</td></tr>
 * <tr><td>getAllFunction_absent_failure, _badLoader</td><td>a failed batch leaves no entry</td>
 *     <td>{@link BatchTests#failureOfTheRunIsSharedByAllWhoFollowItsKeys}</td></tr>
 *
 * <tr><th colspan="3">JetCache, {@code AbstractCacheTest}: penetration protection</th></tr>
 * <tr><td>penetrationProtectTestWithComputeIfAbsent</td><td>one run for each key; a failure is its caller's alone and the next
 *     one tries. Ours: where {@code shareFailure} says so</td>
 *     <td>{@link OneRunTests#herdOfOneKeyIsOneRun},
 *     {@link SuccessionTests#failureThatIsNotSharedGoesToItsLeaderAloneAndRunsAreSerial}</td></tr>
 * <tr><td>penetrationProtectTestWithLoadingCache</td><td>single callers and a caller of many keys share runs</td>
 *     <td>{@link BatchTests#singleCallersShareTheFlightsOfABatch},
 *     {@link BatchTests#batchSharesTheFlightsOfSingleCallersAndRunsOnlyTheRest}</td></tr>
 * <tr><td>penetrationProtectReEntryTest</td><td>a call for the key from within its run does not hang</td>
 *     <td>{@link ReentryTests#callInsideABlockingRunOfItsKeyBypasses}</td></tr>
 * <tr><td>penetrationProtectTimeoutTest, first half</td><td>who has waited long enough runs its own call, while the first run
 *     goes on. Ours: one of them, for all</td>
 *     <td>{@link StuckLeaderTests#followerLeadsANewFlightAndTheStuckLeaderAloneGetsItsOwnResult},
 *     {@link StuckLeaderTests#oneMoreRunHoweverManyWake}</td></tr>
 * <tr><td>penetrationProtectTimeoutTest, second half</td><td>before that they wait, and one that is interrupted fails
 *     alone</td>
 *     <td>{@link LeavingTests#interruptedFollowerLeavesAloneWithItsFlagSet}</td></tr>
 * </table>
 */
package dev.singleflight;
