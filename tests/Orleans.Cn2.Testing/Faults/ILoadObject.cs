using Orleans.Cn2.Testing.Histories;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>An object that a load writes and reads. Calls throw what the client throws.</summary>
internal interface ILoadObject
{
    /// <summary>Name of the object in the history.</summary>
    string Name { get; }

    /// <summary>Creates the object of this uid, or changes it; the value is found again in what is read.</summary>
    Task<SeenObject> PutAsync(string uid, int value, DateTime deadline);

    /// <summary>Removes the object of this uid.</summary>
    Task DeleteAsync(string uid, DateTime deadline);

    /// <summary>Reads the object.</summary>
    Task<SeenObject> GetAsync(DateTime deadline);
}
