using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Storage;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Tells the callers of the API why the store can't: full is for them to know, everything else is an unknown outcome to be tried again.</summary>
internal sealed class StoreFaults : IStorageFaultTranslator
{
    private const string Kind = "Store";

    public Exception Translate(StorageUnavailableException fault) => fault.Fault == StorageFault.Full
        ? new StoreFullException(Kind, fault.Location, fault.Message)
        : new OutcomeUnknownException(Kind, fault.Location, fault.Message);
}
