namespace Orleans.Cn2.Storage;

/// <summary>Says in a host's own words why the store could not carry out an operation. A host registers one where its callers must tell the causes apart.</summary>
public interface IStorageFaultTranslator
{
    /// <summary>The exception to throw for a fault; it should hold the fault as its inner exception.</summary>
    Exception Translate(StorageUnavailableException fault);
}
